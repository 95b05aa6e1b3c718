"""A report on the records of a `DriftRecorder`: where answers differ from the spec, and the YAML that would fit."""
