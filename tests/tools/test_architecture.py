"""The generated parts of the architecture's documents, on a small product of two contexts."""

from pathlib import Path

import pytest

from tools.architecture.__main__ import PAGES, blocks, stale
from tools.architecture.code_map import code_map
from tools.architecture.documents import BEGIN, END, UnmarkedDocumentError, dead_links, lost_names, with_blocks
from tools.architecture.events import events
from tools.architecture.handlers import handlers
from tools.architecture.pages import Facts, block, contexts
from tools.architecture.picture import picture
from tools.architecture.stores import redis_keys, stored
from tools.arrows.allowed import Allowed

FILES = {
    "functions/shop/buy.py": (
        '"""POST /v1/goods/{good_id}/buy: somebody buys.\n\nNeeds: database.\n"""\n\n\n'
        '@app.post("/v1/goods/<good_id>/buy", status_code=201)\ndef buy() -> None: ...\n'
    ),
    "functions/post/on_bought.py": (
        '"""Something was bought: it is sent.\n\n'
        'Needs: database, trucks.\nConsumes: Bought,\nReturned (rideflow.shop).\n"""\n'
    ),
    "functions/post/load.py": '"""Loads a truck.\n\nRuns: every hour.\n"""\n',
    "functions/post/give_up.py": '"""Match saga: nobody sends it.\n\nNeeds: database.\n"""\n',
    "layers/rideflow/python/rideflow/shop/__init__.py": "",
    "layers/rideflow/python/rideflow/shop/events.py": (
        "class ShopEvent(DomainEvent):\n    pass\n\n\n"
        'class Bought(ShopEvent):\n    """Somebody bought. They\n    are glad."""\n\n\n'
        'class Closed(ShopEvent):\n    """The shop is shut."""\n\n\nclass NoEvent:\n    pass\n'
    ),
    "layers/rideflow/python/rideflow/shop/migrations/0001_goods.sql": (
        "create table goods (id int);\ncreate view published_goods as select id from goods;\n"
        "comment on view published_goods is\n    'The shop''s goods.';\n"
    ),
    "layers/rideflow/python/rideflow/post/__init__.py": "",
    "layers/rideflow/python/rideflow/post/sql/find.sql": "select id from published_goods\n",
    "layers/rideflow/python/rideflow/supply/__init__.py": "",
    "layers/rideflow/python/rideflow/supply/keys.py": (
        "class Keys:\n    def seen(self, of: str) -> str:\n"
        '        """Sorted set: who.\n\n        More of it.\n        """\n        return self._key(f"seen:{of}")\n'
    ),
    "layers/rideflow/python/rideflow/kernel/settings.py": (
        'class DatabaseSettings(Settings):\n    """PostgreSQL."""\n\n    prefix = "database"\n'
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_an_operation_names_its_trigger(root: Path) -> None:
    started = {each.name: (each.started_by, each.does) for each in handlers(root)}

    assert started == {
        "buy": ("`POST /v1/goods/{good_id}/buy`", "Somebody buys."),
        "on_bought": ("Bought, Returned", "Something was bought: it is sent."),
        "load": ("every hour", "Loads a truck."),
        "give_up": ("match saga", "Nobody sends it."),
    }


def test_only_classes_that_nothing_refines_are_events(root: Path) -> None:
    assert [(each.name, each.tells) for each in events(root)] == [
        ("Bought", "Somebody bought."),
        ("Closed", "The shop is shut."),
    ]


def test_a_page_names_the_consumers_of_an_event_and_the_readers_of_a_view(root: Path) -> None:
    lines = block("shop", Facts.of(root)).splitlines()

    (bought,) = [line for line in lines if line.startswith("| [Bought]")]
    (closed,) = [line for line in lines if line.startswith("| [Closed]")]
    assert "post ([on_bought](../../functions/post/on_bought.py))" in bought
    assert closed.endswith("| nobody yet |")
    assert "| `published_goods` | view | post | The shop's goods. |" in lines


def test_a_page_names_the_events_and_needs_of_its_context(root: Path) -> None:
    lines = block("post", Facts.of(root)).splitlines()

    assert "| [shop](shop.md) | Bought, Returned |" in lines
    assert "| `database` | PostgreSQL. |" in lines


def test_tables_and_keys_are_found_in_the_code_that_makes_them(root: Path) -> None:
    keys = redis_keys(root / "layers/rideflow/python/rideflow/supply/keys.py")

    assert [(each.kind, each.name) for each in stored(root)] == [("table", "goods"), ("view", "published_goods")]
    assert [(key.name, key.holds) for key in keys] == [("seen:{of}", "Sorted set: who.")]


def test_the_picture_has_every_context_and_tells_imports_from_reads() -> None:
    drawn = picture(
        ["kernel", "post", "shop"], [Allowed("post", "shop", "sql", "it sends"), Allowed("a", "b", "import", "")]
    )

    assert "    post\n    shop\n    post -.-> shop\n    a --> b\n" in drawn
    assert "    kernel\n" not in drawn
    assert "| post | shop | sql | it sends |" in drawn


def test_a_block_replaces_the_one_before_and_nothing_else() -> None:
    written = f"# Shop\n\nProse.\n\n{BEGIN}\nold \\1\n{END}\n\nMore.\n"

    assert with_blocks(written, "new \\1\n") == f"# Shop\n\nProse.\n\n{BEGIN}\n\nnew \\1\n\n{END}\n\nMore.\n"


@pytest.mark.parametrize("text", ["# Shop\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"])
def test_a_document_needs_one_place_for_its_block(text: str) -> None:
    with pytest.raises(UnmarkedDocumentError):
        with_blocks(text, "new")


def test_each_block_has_its_own_place() -> None:
    assert with_blocks(f"{BEGIN}{END} and {BEGIN}old{END}", "a", "b") == (
        f"{BEGIN}\n\na\n\n{END} and {BEGIN}\n\nb\n\n{END}"
    )


def test_the_code_map_has_the_first_sentence_of_each_module(root: Path) -> None:
    module = root / "layers/rideflow/python/rideflow/shop/till.py"
    module.write_text('"""The till: it\nrings. And more."""\n\ntype Coin = int\n')
    goods = root / "layers/rideflow/python/rideflow/shop/migrations/0001_goods.sql"
    goods.write_text("-- Goods. Cheap\n-- ones.\ncreate table goods (id int);\n-- Later.\n")
    (root / "local").mkdir()
    (root / "local" / "start.py").write_text('"""Starts it."""\n')

    assert code_map(root) == (
        "**shop**\n\n- [shop/migrations/0001_goods.sql]"
        "(../layers/rideflow/python/rideflow/shop/migrations/0001_goods.sql): Goods.\n"
        "- [shop/till.py](../layers/rideflow/python/rideflow/shop/till.py): The till: it rings.\n\n"
        "**local**\n\n- [local/start.py](../local/start.py): Starts it.\n"
    )


def test_a_context_without_a_page_and_a_stale_page_are_faults(root: Path) -> None:
    generated = {PAGES / f"{room}.md": (block(room, Facts.of(root)),) for room in contexts(root)}
    (root / PAGES).mkdir(parents=True)
    for path, texts in generated.items():
        (root / path).write_text(with_blocks(f"{BEGIN}{END}", *texts))
    assert list(stale(generated, root)) == []

    (root / PAGES / "post.md").write_text(f"{BEGIN}{END}")
    assert [path for path, _ in stale(generated, root)] == [PAGES / "post.md"]

    (root / PAGES / "shop.md").unlink()
    with pytest.raises(UnmarkedDocumentError, match=r"shop\.md is missing"):
        list(stale(generated, root))


def test_a_link_to_a_missing_file_is_dead(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "code.py").touch()
    page = tmp_path / "docs" / "page.md"
    page.write_text("[a](../code.py#L1) [b](https://example.com/x) [c](../docs) [d](#here) [e](../gone.py)")

    assert list(dead_links([page], tmp_path)) == ["docs/page.md links to ../gone.py, which is not there"]


def test_a_name_that_its_file_has_no_more_is_lost(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("LIMIT = 1\nLIMITS = 2\n")
    page = tmp_path / "page.md"
    page.write_text("`LIMIT` and `BURST` in [code](code.py); `LIMI` in [code](code.py), `other` of [code](code.py)")

    assert list(lost_names([page], tmp_path)) == [
        "page.md places `BURST` in code.py, which does not have it",
        "page.md places `LIMI` in code.py, which does not have it",
    ]


def test_the_documents_of_this_checkout_have_the_parts_that_readers_look_for() -> None:
    generated = blocks()

    drawn, listed = generated[Path("docs/architecture.md")]
    assert "dispatch --> supply" in drawn
    assert "\n- [dispatch/ticks.py](../layers/rideflow/python/rideflow/dispatch/ticks.py): " in listed
    assert "accept_offer" in generated[PAGES / "dispatch.md"][0]
