"""What happens with connected systems. The API calls ``pulling``."""
