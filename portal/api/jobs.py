"""jobs/: long work that was asked for, row by row."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from portal.api.fields import Listing, Moment, rfc3339
from portal.api.views import FirmView, scoped
from portal.models import Job


class JobRow(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="1-based position in what was sent")
    status = serializers.CharField(help_text="created, exists, connected, pending, failed …")
    id = serializers.CharField(required=False, help_text="Of what was made or found")
    code = serializers.CharField(required=False, help_text="Why it failed: a problem's code")
    detail = serializers.CharField(required=False)


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    firm = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(Job.State.choices)
    progress = serializers.DictField(child=serializers.IntegerField(), help_text="{done, failed, total}")
    rows = JobRow(many=True)
    created_at = Moment()
    finished_at = Moment(allow_null=True)


class JobRef(serializers.Serializer[Any]):
    job = serializers.CharField(help_text="For GET jobs/{id}/")


def job_json(job: Job) -> dict[str, Any]:
    failed = sum(1 for row in job.rows if row["status"] == "failed")
    return {
        "id": str(job.pk),
        "firm": str(job.firm_id),
        "kind": job.kind,
        "status": job.state,
        "progress": {"done": len(job.rows), "failed": failed, "total": job.total},
        "rows": job.rows,
        "created_at": rfc3339(job.created_at),
        "finished_at": rfc3339(job.finished_at),
    }


def started(job: Job) -> Response:
    """202: go and look at jobs/{id}/."""
    return Response({"job": str(job.pk)}, status=202, headers={"Location": f"/api/v1/jobs/{job.pk}/"})


class Jobs(FirmView):
    """What was asked for lately."""

    scope = "organisations"

    @extend_schema(operation_id="jobs_list", parameters=[Listing], responses=JobSerializer(many=True))
    @scoped
    def get(self, request: Any) -> Response:
        asked = Listing.of(request)
        found = Job.objects.all()
        if after := asked.get("updated_after"):
            found = found.filter(created_at__gt=after)
        return self.paged(request, found, lambda rows: [job_json(row) for row in rows])


class JobDetail(FirmView):
    """How far a job is, and the outcome of each row so far."""

    scope = "organisations"

    @extend_schema(operation_id="jobs_read", responses=JobSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        return Response(job_json(get_object_or_404(Job.objects, pk=pk)))
