"""The mover: weights between the external memory and the weight memory."""
