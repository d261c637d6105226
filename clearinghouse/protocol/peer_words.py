"""The closed lists of what peers know and how senior they are: each value as stored, and its words for the screen."""

from clearinghouse.protocol.vocabulary import Worded


class Theme(Worded):
    """What of a council's working a peer knows well (design 6)."""

    FINANCE = "finance", "Finance"
    STRATEGIC_LEADERSHIP = "strategic_leadership", "Strategic leadership"
    TRANSFORMATION = "transformation", "Transformation"
    COMMUNICATION = "communication", "Communication"
    VALUE_FOR_MONEY = "value_for_money", "Value for money"
    GOVERNANCE = "governance", "Governance"
    PARTNERSHIP = "partnership", "Partnership"


class Service(Worded):
    """Which of a council's services a peer knows well (design 6)."""

    CHILDREN = "children", "Children’s services"
    ADULTS = "adults", "Adult social care"
    PUBLIC_HEALTH = "public_health", "Public health and health inequality"
    HOUSING = "housing", "Housing"
    PLANNING = "planning", "Planning"
    HIGHWAYS = "highways", "Highways and transport"
    WASTE = "waste", "Waste and recycling"
    ENVIRONMENTAL_HEALTH = "environmental_health", "Environmental health"
    REVENUES_AND_BENEFITS = "revenues_and_benefits", "Revenues and benefits"
    ECONOMIC_DEVELOPMENT = "economic_development", "Economic development"
    WORKLESSNESS = "worklessness", "Worklessness and skills"
    CUSTOMER_SERVICE = "customer_service", "Customer service"
    CULTURE_AND_LEISURE = "culture_and_leisure", "Culture and leisure"
    FIRE = "fire", "Fire and rescue"


class Seniority(Worded):
    """The post that tells how senior a peer is (design 6)."""

    LEADER = "leader", "Leader"
    PORTFOLIO_HOLDER = "portfolio_holder", "Portfolio holder"
    CHIEF_EXECUTIVE = "chief_executive", "Chief executive"
    SECTION_151_OFFICER = "section_151_officer", "Section 151 officer"
    MONITORING_OFFICER = "monitoring_officer", "Monitoring officer"
    DIRECTOR = "director", "Director"
    HEAD_OF_SERVICE = "head_of_service", "Head of service"


class Level(Worded):
    """What an accreditation says that a peer may do on a team (design 6)."""

    IN_TRAINING = "in_training", "In training, beside others"
    MEMBER = "member", "Member of a team"
    LEADER = "leader", "Leader of a team"


class Course(Worded):
    """What a peer has learnt or done to grow into the work: training and development (design 6)."""

    INDUCTION = "induction", "Induction of new peers"
    REVIEW_METHOD = "review_method", "How a peer review is done"
    INTERVIEWING = "interviewing", "Interviewing and listening"
    TEAM_LEADING = "team_leading", "Leading a team"
    PANEL = "panel", "Sitting on an improvement panel"
    CONFIDENTIALITY = "confidentiality", "Confidentiality and data protection"
    SAFEGUARDING = "safeguarding", "Safeguarding"
    EQUALITY = "equality", "Equality and inclusion"
    FINANCE = "finance", "Council finance"
    REFRESHER = "refresher", "Refresher"
    SHADOWING = "shadowing", "Shadowed a review"
    MENTORING = "mentoring", "Was mentored by another peer"
