"""Who people are: accounts, passwords and second factors, and what keeps others from guessing them.

Nothing here knows of pages, and a page that imports none of it pays nothing. `accounts` has the
accounts themselves, `signin` tells whether somebody is who they say; the rest serves those two:

    outcome = signin.authenticate(request.db, address, password, Who(None, request.id, remote))
    if outcome.account is not None: ...
"""
