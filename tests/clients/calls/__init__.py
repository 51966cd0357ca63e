"""All 18 calls by grpcio, one file for each subject."""
