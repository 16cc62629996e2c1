"""What does it cost? One module for each measurement; `make bench-…` runs them."""
