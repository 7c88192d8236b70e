"""What runs: the dispatcher and the sequencer, and what starts and ends them."""
