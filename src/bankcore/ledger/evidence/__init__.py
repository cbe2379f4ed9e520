"""Evidence: seals, proofs, and the audit that derives everything again."""
