"""What can be proved: leaf bytes, tree, tiles, notes, the consent fold, bundles and their verifier. PURE.

No clock, environment, network or SQL: callers pass times, keys and a way to read tiles.
"""
