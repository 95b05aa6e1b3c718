"""The audit: what MOCO publishes compared with our spec, both as facts."""
