"""Events to classes: image sets, networks, training, inference."""
