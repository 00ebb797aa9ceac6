"""Other systems on the network: which addresses may be met, and how."""
