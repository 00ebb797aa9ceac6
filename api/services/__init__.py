"""What other systems are given and do: tokens in ``tokens``, answers that are given once more in ``answering``."""
