"""The SDK inside of frameworks, one module each, which imports the framework."""
