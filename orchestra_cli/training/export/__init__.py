"""From a trained adapter to what llama.cpp reads: the adapter alone, or merged into its base."""
