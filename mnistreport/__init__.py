"""Do published MNIST trainings still reach what they published."""
