"""`leadgen describe`: a description for every company, from its own website, checked against what stands there."""
