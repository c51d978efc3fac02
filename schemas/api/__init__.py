"""What REST takes and gives, stated once in marshmallow: forms, questions, answers."""
