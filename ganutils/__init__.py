"""What the notebooks share, in rooms. Data flows one way:

session -> data -> models -> losses -> training -> sampling -> metrics -> viz; teaching stands beside them
"""

__version__ = "0.13.0"
