"""What is kept: the database, and the network around it."""
