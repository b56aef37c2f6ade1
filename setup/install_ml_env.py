"""Builds the environment for classification (PyTorch, TensorFlow): docs/environments.md. Standard library only."""

from start import start

if __name__ == "__main__":
    start("ml")
