"""People and their way in.

signup · accounts · mfa · signed   signing up and in, the second factor, and the trail of it
firms · inviting                   a firm with its first person, and the next
rights · viewings                  what each role may do; a colleague of the helpdesk who looks along
erasure                            forgetting a person without forgetting what was done
"""
