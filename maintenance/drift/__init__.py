"""From what a client's `DriftRecorder` has noted to a report and a patch of the spec."""
