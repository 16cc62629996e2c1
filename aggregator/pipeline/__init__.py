"""In which order do things happen?

workplace()   the lock, the database, the public folder
update()      pull() claim | fetch | parse | record      one transaction a source
              conclude() file | settle                   one transaction a run
              publish() select | compose | render | write
"""
