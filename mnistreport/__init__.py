"""mnistreport: do published MNIST trainings still reach what they published?"""
