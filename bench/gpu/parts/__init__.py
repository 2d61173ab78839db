"""The parts of cuda.py, and what they share."""
