"""Questions to a language model: limited, counted, capped, and asked once."""
