"""What a message costs on this machine: `make bench` times the steps of the protocol."""
