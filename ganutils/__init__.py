"""What the notebooks share. Data flows one way:

data -> models -> losses -> training -> sampling -> metrics -> plots / explore
"""
