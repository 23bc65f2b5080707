"""Why something is not believed."""


class Refused(Exception):
    """What was given is not what it claims to be; the text says what is wrong."""


def need(condition, why):
    """Refuses with this reason where the condition does not hold."""
    if not condition:
        raise Refused(why)
