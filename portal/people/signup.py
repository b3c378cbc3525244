"""Signing up: a person and their firm at once, or a person whom a firm invited."""

from typing import Any

from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.people import firms, inviting

INVITED = "invitation"  # the session's key, set by the page behind an invitation's link


class SignupForm(forms.Form):
    """What allauth's form asks besides the e-mail address and the password."""

    firm = forms.CharField(
        label=_("Name of your firm"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    field_order = ["firm", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = _invitation(context.request)
        if found is not None:
            del self.fields["firm"]
            # The place is for this address, and the mail's link has shown whose it is.
            self.initial["email"] = inviting.whom(*found)
            self.fields["email"].disabled = True

    def signup(self, request: HttpRequest, user: Any) -> None:
        """The firm of a new person, who owns it; nobody signs in before the e-mail address is confirmed."""
        found = _invitation(request)
        if found is not None:
            firm_id, invitation_id = found
            inviting.accept(firm_id, invitation_id, user)
            request.session.pop(INVITED, None)
        else:
            firms.create_firm(self.cleaned_data["firm"], user.email)


def _invitation(request: Any) -> Any:
    """The invitation that brought this browser here, while it may be used."""
    token = request.session.get(INVITED, "") if request is not None and hasattr(request, "session") else ""
    return inviting.find(token) if token else None
