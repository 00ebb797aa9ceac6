"""What can be done with consent: publish what is asked, save a choice, keep it with an account, subscribe and unsubscribe."""
