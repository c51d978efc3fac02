"""What tests share: machinery that stands things up, never a rule of the product."""
