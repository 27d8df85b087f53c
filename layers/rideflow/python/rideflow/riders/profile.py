"""A rider's profile: who they are, where they often go, what they like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Protocol
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from rideflow.kernel.clock import Clock
from rideflow.kernel.contact import PersonName, Phone
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.sealing import SealedText, of_registration
from rideflow.kernel.text import ONE_LINE
from rideflow.kernel.vehicles import ProductId

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals
    from rideflow.markets.model import Markets

type Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="BCP 47", examples=["en-US"])]


class ProfileChangedError(ConflictError):
    """The profile is at another version than the one the app changed."""

    code = "profile_changed"


class Place(BaseModel):
    """A place as the rider calls it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)

    point: Point
    address: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE] | None = None


class FavouritePlace(Place):
    """A place with a name of the rider's own."""

    label: Annotated[str, Field(min_length=1, max_length=40, examples=["Gym"]), ONE_LINE]


def _labelled_once(favourites: tuple[FavouritePlace, ...]) -> tuple[FavouritePlace, ...]:
    if len({favourite.label.casefold() for favourite in favourites}) < len(favourites):
        raise PydanticCustomError("repeated_member", "Give each favourite a label of its own")
    return favourites


class Preferences(BaseModel):
    """How the rider likes to ride; what is not given is the default."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    product: ProductId | None = None
    language: Language = "en"
    quiet_ride: bool = False
    temperature: Literal["warm", "cool", "any"] = "any"
    wheelchair_access: bool = False


class PutProfile(Request):
    """The whole profile: what is left out is emptied.

    With `version` (as last read), the profile is replaced only if nobody changed it since.
    """

    name: PersonName
    phone: Phone | None = None
    home: Place | None = None
    work: Place | None = None
    favourites: Annotated[tuple[FavouritePlace, ...], Field(max_length=20), AfterValidator(_labelled_once)] = ()
    preferences: Preferences = Preferences()
    version: Annotated[int, Field(ge=0, lt=2**31)] | None = None


class PlaceView(View):
    """A place as the rider wrote it."""

    point: Point
    address: str | None = None


class FavouritePlaceView(PlaceView):
    """A place with a name of the rider's own."""

    label: str


class ProfileView(View):
    """The profile as it stands; version 0 was never written by the rider."""

    id: UUID
    version: int
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    home: PlaceView | None = None
    work: PlaceView | None = None
    favourites: tuple[FavouritePlaceView, ...] = ()
    preferences: Preferences = Preferences()
    updated_at: datetime | None = None


class Profiles(Protocol):
    """Where profiles are kept."""

    def find(self, rider_id: UUID) -> ProfileView | None: ...

    def put(self, rider_id: UUID, profile: PutProfile, at: datetime) -> ProfileView | None:
        """The replaced profile; None where it is not at the version that was expected."""
        ...

    def registered(self, rider_id: UUID, email: str, name: str | None, at: datetime) -> None:
        """Note what the person registered with; what they wrote since stays."""
        ...


class Riders:
    """The use cases of a rider's profile."""

    def __init__(
        self, profiles: Profiles, markets: Callable[[], Markets], seals: Callable[[], Seals], clock: Clock
    ) -> None:
        """`markets` and `seals` are built when they are first needed: most use cases need neither."""
        self._profiles = profiles
        self._markets = markets
        self._seals = seals
        self._clock = clock

    def profile(self, rider_id: UUID) -> ProfileView:
        """An empty profile until something is known: a rider may be quicker than the news of their registration."""
        return self._profiles.find(rider_id) or ProfileView(id=rider_id, version=0)

    def put_profile(self, rider_id: UUID, request: PutProfile) -> ProfileView:
        """Raises `ProfileChangedError`, `UnknownProductError`. Markets are read only if a product is preferred."""
        product = request.preferences.product
        if product is not None:
            self._markets().check_product(product, field="preferences.product")
        profile = self._profiles.put(rider_id, request, self._clock())
        if profile is None:
            raise ProfileChangedError("Your profile was changed meanwhile; please look at it again.", field="version")
        return profile

    def registered(self, rider_id: UUID, email: SealedText, name: SealedText | None) -> None:
        """Begin the profile with what the person registered with. Nothing is done for a person who was erased since.

        Raises `PersonKeysUnavailableError`, `SealBrokenError`.
        """
        seals = self._seals()
        opened = seals.open_text(email, of_registration(rider_id, "email"))
        if opened is not None:
            called = None if name is None else seals.open_text(name, of_registration(rider_id, "name"))
            self._profiles.registered(rider_id, opened, called, self._clock())
