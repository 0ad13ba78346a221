"""What came of it: outputs, IP rights, technology transfer."""
