"""What templates print: dates, figures, masks and charts. Plain functions; `templatetags.ui` gives them their names."""
