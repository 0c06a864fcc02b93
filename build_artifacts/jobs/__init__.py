"""What batch jobs share: tables read in batches, embeddings that are kept, progress, and being told to stop."""
