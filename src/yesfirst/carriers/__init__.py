"""Who carries: one file per carrier, with its code table and its calls, answering in the words of `handover.py`."""
