"""The program: from a network and an engine to memory plan, descriptors and cycles."""
