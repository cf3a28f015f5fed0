"""What leaves the trusted zone about a single person with a name (domain.md (d) 19).

Belongs here: the Teilnahmebescheinigung made from raw deliveries for a person who asks for it; lists for a Jobcenter,
where the site turns them on, with their encryption, their log, and the notice that follows a withdrawal, erasure,
restriction or expiry (Art. 19 DSGVO). Does not belong here: sending (people do that), aggregates (publish), what a
certificate says (certificate), rights of persons (rights).
"""

from zaehlbar.transmission.api import CannotTransmit, Made, Sent, create_list, create_notice, sent
from zaehlbar.transmission.envelope import CertificateError
from zaehlbar.transmission.handover import hand_over

__all__ = ["CannotTransmit", "CertificateError", "Made", "Sent", "create_list", "create_notice", "hand_over", "sent"]
