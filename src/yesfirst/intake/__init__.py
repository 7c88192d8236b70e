"""What people hand in: brand, campaign and notice files and customer lists, from text to values with their places."""
