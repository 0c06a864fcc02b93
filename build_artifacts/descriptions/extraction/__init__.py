"""From a page's HTML to what a company says of itself there."""
