"""What the end-to-end, fault and benchmark scripts share. Python 3.11, standard library only."""
