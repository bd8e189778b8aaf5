"""Files on an item: who may hang and remove them, how much fits, what the log is told; names as they are kept."""

import pytest

from kanban.attachments import StoredFile, clean_name, clean_type
from kanban.errors import Forbidden, Refused
from kanban.models import Attachment, AttachmentSpace, Item, Member
from kanban.models.attachment import MOST_ON_ITEM
from kanban.policy import Role
from tests.models.conftest import Team

EMPTY = AttachmentSpace(next_number=1, count=0, product_bytes=0)


def kept(name: str = "fares.pdf", size: int = 1000) -> StoredFile:
    return StoredFile(key="0" * 32, name=name, content_type="application/pdf", size=size, sha256="0" * 64)


def attached(item: Item, by: Member) -> Attachment:
    [attachment] = Attachment.attach(item, [kept()], EMPTY, by=by)
    return attachment


def test_files_are_numbered_on_and_recorded_with_name_and_size(team: Team) -> None:
    item = team.item()
    made = Attachment.attach(item, [kept("a.txt", 1), kept("b.txt", 2)], AttachmentSpace(4, 3, 10), by=team.developer)
    assert [each.number for each in made] == [4, 5]
    assert [event.data for event in team.product.recorded] == [
        {"attachment": 4, "name": "a.txt", "size": 1},
        {"attachment": 5, "name": "b.txt", "size": 2},
    ]


@pytest.mark.parametrize("role", [Role.LEAD, Role.VIEWER])
def test_who_may_not_edit_hangs_nothing(team: Team, role: Role) -> None:
    with pytest.raises(Forbidden):
        Attachment.attach(team.item(), [kept()], EMPTY, by=team.members[role])
    assert team.kinds == []


def test_a_product_has_room_for_500_mb_and_not_a_byte_more(team: Team) -> None:
    item = team.item()
    Attachment.attach(item, [kept(size=1000)], AttachmentSpace(1, 0, 500_000_000 - 1000), by=team.owner)
    with pytest.raises(Refused, match="500 MB"):
        Attachment.attach(
            item, [kept(size=500), kept(size=501)], AttachmentSpace(1, 0, 500_000_000 - 1000), by=team.owner
        )
    assert team.kinds == ["attached"]


def test_an_item_holds_a_hundred_files(team: Team) -> None:
    with pytest.raises(Refused, match="100 files"):
        Attachment.attach(team.item(), [kept()], AttachmentSpace(200, MOST_ON_ITEM, 0), by=team.owner)


def test_nothing_is_hung_on_or_taken_off_a_discarded_item(team: Team) -> None:
    item = team.item()
    attachment = attached(item, team.owner)
    item.discard("Not wanted", by=team.owner)
    with pytest.raises(Refused, match="Restore"):
        attached(item, team.owner)
    with pytest.raises(Refused, match="Restore"):
        attachment.remove(by=team.owner)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DELEGATE])
def test_the_owners_side_removes_what_a_developer_added(team: Team, role: Role) -> None:
    attachment = attached(team.item(), team.developer)
    attachment.remove(by=team.members[role])
    attachment.remove(by=team.members[role])
    assert team.kinds == ["attached", "detached"]


def test_a_developer_removes_their_own_only(team: Team) -> None:
    item = team.item()
    own, foreign = attached(item, team.developer), attached(item, team.owner)
    own.remove(by=team.developer)
    with pytest.raises(Forbidden, match="added"):
        foreign.remove(by=team.developer)
    assert foreign.removed_at is None


def test_who_became_a_viewer_removes_nothing_any_more(team: Team) -> None:
    attachment = attached(team.item(), team.developer)
    team.developer.role = Role.VIEWER
    assert not attachment.may_be_removed_by(team.members[Role.DEVELOPER])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\fares.pdf", "fares.pdf"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("two\r\nlines\x00\x1b[31m.txt", "two lines [31m.txt"),
        ('“quoted” "twice" it\'s.png', '“quoted” "twice" it\'s.png'),
        ("🚢 family 👨\u200d👩\u200d👧.png", "🚢 family 👨\u200d👩\u200d👧.png"),
        ("שלום.txt", "שלום.txt"),
        ("..", "file"),
        ("folder/", "file"),
        ("", "file"),
        ("\ud800", "file"),
        (".gitignore", ".gitignore"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
        ("a." + "x" * 300, "a." + "x" * 198),
    ],
)
def test_a_name_is_cleaned_of_what_could_mislead(given: str, name: str) -> None:
    assert clean_name(given) == name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("image/PNG", "image/png"),
        ("text/html; charset=utf-8", "text/html"),
        ("", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
    ],
)
def test_a_content_type_is_kept_as_told_when_it_reads_like_one(given: str, told: str) -> None:
    assert clean_type(given) == told
