"""Engines that train an experiment. TensorFlow and Keras are imported here and nowhere else."""
