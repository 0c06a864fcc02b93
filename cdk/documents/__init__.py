"""The pages that are generated from settings and templates, and the templates as people and tests read them."""
