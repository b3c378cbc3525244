"""The helpdesk's own: cases, notes, bundles, announcements; and whose portal a colleague has looked into.

Cases and notes stand behind a wall that no firm's request passes (`StaffWall`). An announcement is for everybody to
read. A viewing is the firm's: it may know who looked, when and why.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.base import JsonField, Stamped, TenantKey, TenantModel, same_firm
from portal.models.firms import Membership, Organisation
from portal.tenancy import StaffManager
from portal.walls import StaffWall


class StaffModel(Stamped):
    """A row that only the helpdesk reads and writes."""

    everyones = models.Manager()
    objects = StaffManager()

    class Meta:
        abstract = True
        base_manager_name = "everyones"
        default_manager_name = "everyones"
        constraints = [StaffWall(name="%(app_label)s_%(class)s_wall")]


class DeskCase(StaffModel):
    """What the helpdesk keeps of one client: who has it, what was promised, and until when it may rest.

    One for each organisation that anybody at the helpdesk ever did something about; without an organisation it is
    about the firm itself.
    """

    firm = models.ForeignKey("portal.Firm", models.CASCADE, related_name="+")
    organisation = TenantKey(Organisation, models.CASCADE, null=True, related_name="+")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    promised_at = models.DateTimeField(_("promised before"), null=True)
    snoozed_until = models.DateTimeField(_("rests until"), null=True)
    snooze_reason = models.CharField(max_length=200, blank=True)
    handed_over_at = models.DateTimeField(_("with engineering since"), null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(StaffModel.Meta):
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            *StaffModel.Meta.constraints,
            *same_firm("portal", "deskcase", "organisation"),
            models.UniqueConstraint(
                fields=["firm", "organisation"], nulls_distinct=False, name="portal_deskcase_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["promised_at"],
                condition=Q(promised_at__isnull=False),
                name="portal_deskcase_promised",
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation or self.firm)


class DeskNote(StaffModel):
    """A line in a case: what somebody wrote, or what was done. Only ever added to."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note")
        ASSIGNED = "assigned", _("taken up")
        PROMISED = "promised", _("promised")
        SNOOZED = "snoozed", _("put to rest")
        HANDED_OVER = "handed_over", _("handed over to engineering")
        DONE = "done", _("done")

    case = models.ForeignKey(DeskCase, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField(_("note"), blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(StaffModel.Meta):
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["case", "-created_at"], name="portal_desknote_recent")]

    def __str__(self) -> str:
        return self.text[:60]


class Bundle(StaffModel):
    """What was handed to engineering: one redacted file, as things stood at that moment."""

    case = models.ForeignKey(DeskCase, models.CASCADE, related_name="bundles")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    question = models.TextField()
    content = JsonField()

    class Meta(StaffModel.Meta):
        verbose_name = _("bundle for engineering")
        verbose_name_plural = _("bundles for engineering")

    def __str__(self) -> str:
        return f"{self.case} {self.created_at:%Y-%m-%d}"


class CodeNote(StaffModel):
    """What the helpdesk knows of an issue's code beside its text in the code. The newest one counts."""

    code = models.CharField(max_length=60)
    text = models.TextField(_("note"), blank=True)  # empty: the earlier one is withdrawn
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(StaffModel.Meta):
        verbose_name = _("note on a code")
        verbose_name_plural = _("notes on codes")
        indexes = [models.Index(fields=["code", "-created_at"], name="portal_codenote_recent")]

    def __str__(self) -> str:
        return f"{self.code}: {self.text[:60]}"


class Announcement(Stamped):
    """Something that all firms should know, as a banner on their pages and on the public status page."""

    class Tone(models.TextChoices):
        INFO = "info", _("for information")
        WARN = "warn", _("disturbance")
        BAD = "bad", _("outage")
        GOOD = "good", _("solved")

    tone = models.CharField(_("kind"), max_length=4, choices=Tone.choices, default=Tone.INFO)
    title_nl = models.CharField(_("title (Dutch)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120)
    text_nl = models.TextField(_("text (Dutch)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    on_pages = models.BooleanField(_("on every firm's pages"), default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = models.Manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [StaffWall(name="portal_announcement_wall", shown=True)]
        indexes = [models.Index(fields=["-starts_at"], name="portal_announcement_recent")]

    def __str__(self) -> str:
        return self.title_en


class Viewing(TenantModel):
    """A colleague of the helpdesk looks at a firm's pages as one of its people sees them: reading only, for a while."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    member = TenantKey(Membership, models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("viewing")
        verbose_name_plural = _("viewings")
        constraints = [*TenantModel.Meta.constraints, *same_firm("portal", "viewing", "member")]
        indexes = [models.Index(fields=["user", "-until"], name="portal_viewing_of_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"
