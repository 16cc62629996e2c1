"""Which programs are measured beside ours? Each file is run by itself, in the environment of the peers."""
