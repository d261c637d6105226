"""The register of peers: who they are, what they know, where they belong, and the files it comes from and goes to."""
