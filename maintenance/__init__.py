"""What keeps the spec true to MOCO, and changes visible to users."""
