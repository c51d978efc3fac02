"""Who is who, and who may say what: pure rules, no storage, network or clock."""
