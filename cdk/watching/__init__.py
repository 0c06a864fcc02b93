"""What is measured of a deployment, what is shown of it, and what raises an alarm."""
