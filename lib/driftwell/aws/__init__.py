"""Amazon's services through boto3: the only room that imports it. Clients are passed in; `clients` makes them."""
