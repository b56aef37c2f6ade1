"""What is kept of a trained classifier: figures, numbers, a comparison, and the card that says what it is."""
