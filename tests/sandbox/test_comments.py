"""Comments, approvals and to-dos."""

from __future__ import annotations

from typing import Any

import httpx

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import http, post, refusal


class TestComments:
    async def test_a_comment_is_cleaned_and_its_file_shown_alone(
        self, api: httpx.AsyncClient, project: dict[str, Any]
    ) -> None:
        text = '<div onclick="x">Gut<br></div><script>böse</script><a href="x">Link</a> 1 < 2'
        file = {"attachment_filename": "a.txt", "attachment_content": "YQ=="}
        body = {"commentable_id": project["id"], "commentable_type": "Project", "created_at": "2018-05-09T05:40:06"}
        comment = await post(api, "/comments", **body, text=text, **file)
        assert comment["text"] == '<div onclick="x">Gut<br></div>böseLink 1 < 2'
        assert (comment["manual"], comment["created_at"]) == (True, "2018-05-09T05:40:06Z")
        assert comment["attachment_filename"] is None
        alone = (await api.get(f"/comments/{comment['id']}")).json()
        assert (alone["attachment_filename"], alone["attachment_content"]) == ("a.txt", "YQ==")
        rows = (await api.get(f"/comments?commentable_type=Project&commentable_id={project['id']}")).json()
        assert comment["id"] in {row["id"] for row in rows}
        assert not any("attachment_filename" in row for row in rows)
        assert refusal(await api.post("/comments", json={**body, "text": "x", "commentable_id": 4711})) == [
            "commentable_id"
        ]

    async def test_what_moco_wrote_stays(self, api: httpx.AsyncClient) -> None:
        generated = (await api.get("/comments?manual=false")).json()
        assert (await api.delete(f"/comments/{generated[0]['id']}")).status_code == 422

    async def test_who_wrote_in_the_name_of_whom(self, sandbox: Sandbox, project: dict[str, Any]) -> None:
        async with http(sandbox, **{"X-IMPERSONATE-USER-ID": str(project["leader"]["id"])}) as api:
            body = {"commentable_ids": [project["customer"]["id"]], "commentable_type": "Customer", "text": "x"}
            (comment,) = (await api.post("/comments/bulk", json=body)).json()
        assert comment["user"]["id"] == project["leader"]["id"]
        assert comment["impersonating_user"]["id"] == 1
        assert comment["commentable_type"] == "Company"


class TestApprovals:
    async def test_only_who_is_asked_decides_once(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        invoice = next(iter(sandbox.store["invoices"].values()))
        approver = sandbox.store.where("users", email="luca.favre@sandbox.example")[0]["id"]
        body = {"target_type": "invoice", "target_id": invoice["id"], "approver_id": approver}
        approval = await post(api, "/approvals", **body)
        assert approval["target"]["net_total"] == invoice["net_total"]
        path = f"/approvals/{approval['id']}"
        assert refusal(await api.post(f"{path}/approve")) == ["base"]
        async with http(sandbox, sandbox.keys["luca.favre@sandbox.example"]) as luca:
            denied = await post(luca, f"{path}/deny", note="Zu hoch")
            assert refusal(await luca.post(f"{path}/approve")) == ["status"]
        assert (denied["status"], denied["deny_note"]) == ("denied", "Zu hoch")
        assert denied["processed_by"]["id"] == approver
        found = (await api.get(f"/approvals?approval_status=denied&approver_user_id={approver}")).json()
        assert [row["id"] for row in found] == [approval["id"]]
        assert (await api.post("/approvals", json={**body, "target_id": 4711})).status_code == 404

    async def test_an_approval_goes_with_its_invoice(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        invoice = sandbox.store.where("invoices", status="draft")[0]
        await post(api, "/approvals", target_type="invoice", target_id=invoice["id"], approver_id=1)
        before = len((await api.get("/approvals")).json())
        assert (await api.request("DELETE", f"/invoices/{invoice['id']}", json={})).is_success
        assert len((await api.get("/approvals")).json()) == before - 1


class TestTodos:
    async def test_filters(self, api: httpx.AsyncClient) -> None:
        done = (await api.get("/todos?completed=true")).json()
        assert [row["completed"] for row in done] == [True]
        assert done[0]["todoable_description"] == "Schadensmeldung-App"
        assert len((await api.get("/todos?term=lasttest")).json()) == 1
        assert len((await api.get("/todos?created_by_user_id=1")).json()) == 3
        assert len((await api.get("/todos?responsible_user_id=1")).json()) == 1
